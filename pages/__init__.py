"""One script per page; the file name is the address. This file is here for the import contracts."""
