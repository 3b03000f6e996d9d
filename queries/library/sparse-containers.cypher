// question: Which containers take far more memory than their items need?
// columns: container, size (own bytes), length (items), per_item (bytes an item), path
// read: A dict or set never shrinks when items are taken out; only an insertion makes a new table. Copy it, dict(d), once it has been
//   emptied, or make a new one.
// param least = 4096
// param bytes = 250
// param limit = 20
MATCH (d)
WHERE d.kind = 'container' AND d.size >= $least AND d.size > $bytes * (d.length + 1)
WITH d
ORDER BY d.size DESC, d.id
LIMIT $limit
RETURN d AS container, d.size AS size, d.length AS length, d.size / (d.length + 1) AS per_item, path(d) AS path
