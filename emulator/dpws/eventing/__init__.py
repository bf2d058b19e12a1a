"""WS-Eventing (2004/08) as DPWS has it, both sides: messages and state of subscriptions (pure), the source that
sends events and the sink that receives them. Knows nothing of scanning.
"""
