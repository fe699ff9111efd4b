"""What you type and see in a notebook: magics and display."""
