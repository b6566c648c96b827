"""Attention and its gradients by definition, in NumPy: the whole of S at once."""

import numpy


def attention(q, k, v, output_gradient=None, *, dtype=numpy.float64, scale=None, sees=None,
              bias=None, softcap=None, slopes=None, kept=None, offset=0):
    """Output and log-sum-exps; and dq, dk, dv where there is an output gradient.

    sees    truth values that go with [batch, heads, queries, keys]: who sees whom.
    kept    what weights are multiplied by: 0 where one is dropped, 1/(1 − p) elsewhere.
    offset  the key that query 0 stands at, for slopes.
    """
    q, k, v = (numpy.asarray(x).astype(dtype) for x in (q, k, v))
    group = q.shape[1] // k.shape[1]
    kv_shape = k.shape[:2]
    k, v = (numpy.repeat(x, group, axis=1) for x in (k, v))
    scale = dtype(1 / numpy.sqrt(q.shape[3]) if scale is None else scale)
    s = scale * (q @ k.swapaxes(2, 3))
    slope = dtype(1)
    if softcap is not None:
        t = numpy.tanh(s / dtype(softcap))
        s, slope = dtype(softcap) * t, 1 - t * t
    if slopes is not None:
        own = numpy.arange(q.shape[2])[:, None] + offset
        distances = abs(own - numpy.arange(k.shape[2])).astype(dtype)
        s = s - numpy.asarray(slopes, dtype)[:, None, None] * distances
    if bias is not None:
        s = s + numpy.asarray(bias).astype(dtype)
    if sees is not None:
        s = numpy.where(sees, s, -numpy.inf)
    m = s.max(axis=3, keepdims=True)
    m = numpy.where(m == -numpy.inf, dtype(0), m)
    p = numpy.exp(s - m)
    total = p.sum(axis=3, keepdims=True)
    with numpy.errstate(divide="ignore"):
        lse = (m + numpy.log(total))[..., 0]
    p = p / numpy.where(total == 0, dtype(1), total)
    z = dtype(1) if kept is None else kept.astype(dtype)
    o = (p * z) @ v
    if output_gradient is None:
        return o, lse
    do = numpy.asarray(output_gradient).astype(dtype)
    dp = (do @ v.swapaxes(2, 3)) * z
    ds = p * (dp - (do * o).sum(axis=3, keepdims=True)) * slope
    dq = scale * (ds @ k)
    dk, dv = scale * (ds.swapaxes(2, 3) @ q), (p * z).swapaxes(2, 3) @ do

    def shared(x):
        return x.reshape(*kv_shape, group, *x.shape[2:]).sum(axis=2)

    return o, lse, dq, shared(dk), shared(dv)
