from emulator.faults.alteration import Role
from emulator.faults.habits import _alteration, habits

for h in habits().values():
    if Role.CLIENT in h.roles:
        a = [_alteration(n) for n in h.alterations]
        print(
            h.name,
            "|",
            ",".join(str(x.at) for x in a),
            "|",
            a[0].clause,
            "|",
            a[0].source[:60],
            "|",
            a[0].of,
            a[0].operations,
        )
