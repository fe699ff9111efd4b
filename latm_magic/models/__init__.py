"""Language models behind one Protocol: endpoints, recordings, and the ledger of what each call cost."""
