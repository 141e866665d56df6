"""The report of one screening: for the family on its first page, for the examiner on its second"""
