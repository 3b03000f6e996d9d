// question: How many strings are there by length, and what do they take?
// columns: length (characters, up to the next power of ten), strings, size, immortal (how many of them no one frees)
// read: Names of the source are interned and stay; from CPython 3.12 on many are immortal. Many long immortal ones come from
//   sys.intern of data.
WITH [[0, 0], [1, 9], [10, 99], [100, 999], [1000, 9999], [10000, 1000000000000]] AS ranges
UNWIND ranges AS range
MATCH (s:str)
WHERE range[0] <= s.length AND s.length <= range[1]
RETURN range[1] AS length, count(*) AS strings, sum(s.size) AS size, sum(CASE WHEN s.immortal THEN 1 ELSE 0 END) AS immortal
ORDER BY length
