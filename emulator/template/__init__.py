"""CloudFormation as data: a template file becomes a frozen `Stack`."""
