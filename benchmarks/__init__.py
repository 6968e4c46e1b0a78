"""What is measured against peers, each by one command; README.md says how, and what the figures mean."""
