"""What trains the learned look of `archive.extract.learned`; nothing of it is needed to run Warraq."""
