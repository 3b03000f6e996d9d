// question: Which dicts, lists, sets and deques are the largest themselves, wherever they are?
// columns: container, size (own bytes), length (items), retained, path (a shortest way to it)
// read: size is the table or array alone, retained is all that goes with it. A large size with few items is a container that was
//   once full: see sparse-containers.
// param least = 65536
// param limit = 20
MATCH (d)
WHERE d.kind = 'container' AND d.size >= $least
WITH d
ORDER BY d.size DESC, d.id
LIMIT $limit
RETURN d AS container, d.size AS size, d.length AS length, d.retained AS retained, path(d) AS path
