"""A report as an HL7 FHIR R4 (4.0.1) bundle: plain values, built from the report alone"""
