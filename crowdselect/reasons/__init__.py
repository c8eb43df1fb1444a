"""Why a row is in a selection or out of it: the strategy's own reason, with the numbers that it was decided by."""
