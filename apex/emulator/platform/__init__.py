"""What is around the Apex that runs: the org and its data, transactions, limits, waiting jobs."""
