// question: How many interned strings are there, by length?
// columns: length (characters, at most), strings, size (own bytes of these together), immortal (how many of them stay to the end)
// read: Names of the source are interned. Many long ones come from sys.intern of data, and from CPython 3.12 on these may stay
//   to the end.
MATCH (r:root)-->(d:dict)-[e]->(s:str)
WHERE r.name = 'interned strings' AND e.kind = 'key'
WITH DISTINCT s, CASE WHEN s.length < 10 THEN 9 WHEN s.length < 100 THEN 99 WHEN s.length < 1000 THEN 999 ELSE null END AS length
RETURN length, count(*) AS strings, sum(s.size) AS size, sum(CASE WHEN s.immortal THEN 1 ELSE 0 END) AS immortal
ORDER BY length
