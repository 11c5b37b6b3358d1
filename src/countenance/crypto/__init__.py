"""Keys and what is done with them; the only room that imports `cryptography`.

Who can seal cannot unseal: `seal` knows public keys only, `unseal` is for the custodian and the auditors, `lease` opens
what was sealed to the process's own key.
"""
