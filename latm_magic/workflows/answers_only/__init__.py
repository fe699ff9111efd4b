"""Learning branches from final answers alone: which path leads to the answer is not told, so every path is tried."""
