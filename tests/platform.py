"""see below"""
