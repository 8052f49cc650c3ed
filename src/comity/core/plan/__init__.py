"""The action plan: objectives and measures, each bound to counters that both nodes compute from the same receipts."""
