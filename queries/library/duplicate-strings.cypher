// question: Which strings are there in many copies?
// columns: example (one of them), copies, length (characters), size (own bytes of all), wasted (of all but one), value
// read: Strings that are parsed again and again, such as column names and states: sys.intern, or an Enum. value is known where the
//   snapshot was taken with --values.
// param least = 10
// param limit = 20
MATCH (s:str)
WHERE s.hash IS NOT NULL
WITH s.hash AS hash, count(*) AS copies, min(s.length) AS length, sum(s.size) AS size, head(collect(s)) AS example
WHERE copies >= $least
WITH example, copies, length, size, size / copies * (copies - 1) AS wasted
ORDER BY wasted DESC, copies DESC, length
LIMIT $limit
RETURN example, copies, length, size, wasted, example.value AS value
