// question: Which classes have so many instances that __slots__ would save memory?
// columns: type, count, size (own bytes of these together, with the dicts of their attributes), average
// read: With __slots__, or @dataclass(slots=True), an instance takes 16 bytes and 8 for each attribute, and 16 where the collector
//   tracks it.
// param least = 1000
// param limit = 20
MATCH (n)-[e]->(x)
WHERE n.kind = 'instance' AND e.kind = 'attribute'
WITH n, max(CASE WHEN e.name = '__dict__' THEN x.size ELSE 0 END) AS attributes
WITH n.type AS type, count(*) AS count, sum(n.size + attributes) AS size
WHERE count >= $least
RETURN type, count, size, size / count AS average
ORDER BY size DESC, type
LIMIT $limit
