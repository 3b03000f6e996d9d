// question: Which lists hold many numbers, each an object of its own?
// columns: list, length (items), type, numbers (different objects), size (own bytes of list and numbers)
// read: A float in a list takes 8 bytes there and 24 of its own, an int 28; in an array.array or a numpy array 8 in all.
// param least = 1000
// param limit = 20
MATCH (l:list)-->(n)
WHERE l.length >= $least AND n.type IN ['int', 'float', 'complex']
WITH DISTINCT l, n
RETURN l AS list, l.length AS length, n.type AS type, count(*) AS numbers, l.size + sum(n.size) AS size
ORDER BY size DESC
LIMIT $limit
