"""Cognito user pools: the endpoint that SDKs, Amplify and the AWS CLI sign in at."""
