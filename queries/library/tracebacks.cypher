// question: Which exceptions are kept with their tracebacks, and so with the variables of every frame?
// columns: exception (type), exceptions, frames, retained (bytes that go if the tracebacks go)
// read: Keep the text, traceback.format_exception(...), or cut error.__traceback__ = None.
// param limit = 20
MATCH (e)-[:__traceback__]->(first)-[:tb_next*0..]->(t)-[:tb_frame]->(f)
RETURN e.type AS exception, count(DISTINCT e) AS exceptions, count(DISTINCT f) AS frames, retained(collect(DISTINCT t)) AS retained
ORDER BY retained DESC, exception
LIMIT $limit
