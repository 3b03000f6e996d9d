// question: Which objects with a __del__ lie in cycles, so that only a collection runs it?
// columns: type, fate, count, retained
// read: Their files and connections stay open until the collector comes. fate garbage: the next full collection runs them.
// param limit = 20
MATCH (f)<-[:__del__]-(d:dict)<-[:__dict__]-(b)<--(mro)<-[:__mro__]-(c)<-[:`<type>`]-(x)
WHERE cycle(x) IS NOT NULL
RETURN x.type AS type, x.fate AS fate, count(DISTINCT x) AS count, retained(collect(DISTINCT x)) AS retained
ORDER BY count DESC, type
LIMIT $limit
