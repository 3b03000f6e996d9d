// question: Which containers hang from a class attribute, so that they live as long as the class?
// columns: class (its name, or a path to it), attribute, container, length (items), retained (bytes that go if it goes)
// read: A container that grows from one snapshot to the next is a cache without a limit, or a default that was meant to be each
//   instance's own. heapdiff paths says who else refers to what is in it.
// param least = 1000
// param limit = 20
MATCH (c)-[:__dict__]->(:dict)-[e]->(d)
WHERE c.kind = 'type' AND d.kind = 'container' AND d.type <> 'tuple' AND d.length >= $least
RETURN coalesce(c.name, path(c)) AS class, e.name AS attribute, d AS container, d.length AS length, d.retained AS retained
ORDER BY retained DESC
LIMIT $limit
