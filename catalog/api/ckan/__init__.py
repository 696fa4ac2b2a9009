"""The read part of CKAN's Action API over the catalogue: what harvesters and `ckanapi` call."""
