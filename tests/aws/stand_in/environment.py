"""What moto reads from the environment when it is imported. Import this before moto."""

import os

# The leading zero catches whoever treats an account id as a number.
ACCOUNT_ID = "012345678901"

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT_ID

# Reading a list of machine images would be most of the time that a reset takes.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
