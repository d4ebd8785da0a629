"""AWS serverless on one machine: the platform that runs a CloudFormation template locally."""
