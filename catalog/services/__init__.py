"""The doors that pages, the command line and REST share."""
