"""A client of the REST API, as the front end is one; it works on any stage.

rest            the REST API and the presigned URLs
importing       one file through the whole import
demo_attributes the demo's required attributes, which burden no later import
summary         what a person reads of an import
suggesting      asks for suggestions for what is in the catalogue
suggestions     what a person reads of those
"""
