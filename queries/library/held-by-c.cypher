// question: Which objects count references that no object and no root explains?
// columns: type, objects, references (unexplained), retained
// read: C code holds them: an extension that keeps them rightly, or one that forgot a Py_DECREF. heapdiff refcounts says more.
// param limit = 20
MATCH (n)
WHERE n.residue > 0
RETURN n.type AS type, count(*) AS objects, sum(n.residue) AS references, retained(collect(n)) AS retained
ORDER BY retained DESC, type
LIMIT $limit
