"""DynamoDB Local: AWS's own DynamoDB for one machine, a Java program.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
"""
