"""A2P 10DLC: brands, campaigns, and the numbers that may send under them. Rules only."""
