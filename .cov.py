from emulator.clauses.book import book
from emulator.clauses.clause import Grade, Party
from emulator.conformance.check import Subject, all_checks

C = all_checks(Subject.DSP_CLIENT)
P = {Party.CLIENT, Party.EVENT_SINK, Party.EVERYBODY}
n = 0
for c in book().values():
    if c.withdrawn or c.grade is Grade.MAY or not P & set(c.binds) or c.id in C:
        continue
    n += 1
    print(c.id, "|", c.grade, c.basis, ",".join(map(str, c.binds)), "|", c.says)
print(n)
