"""Sampling: the rules that SDKs ask for, and how many requests each client may take.

Floor 3: imports `radiograph.store` and below. `rules` changes the rules and `matching` says which one decides;
`reservoir`, `minute` and `boost` are the arithmetic of what each client may take, `targets` answers clients with it,
`shares` divides among nodes;
`statistics` and `summaries` tell what they told, and `live` holds all that together while the process runs.
`rehearsal` tries rules on what is stored.
"""
