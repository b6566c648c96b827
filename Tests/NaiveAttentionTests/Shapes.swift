import NaiveAttention

/// Sizes that hurt.
let shapes: [AttentionShape] = {
  let sizes: [(Int, Int, Int, Int, Int, Int, Int)] = [
    // batch, heads, kvHeads, Nq, Nk, d, dv
    (1, 1, 1, 1, 1, 1, 1),
    (1, 1, 1, 7, 16, 7, 7),
    (1, 1, 1, 16, 7, 16, 3),
    (1, 3, 3, 33, 50, 9, 20),
    (1, 6, 2, 5, 17, 8, 8),
    (2, 4, 1, 40, 23, 16, 5),
    (2, 2, 2, 1, 65, 64, 64),
    (3, 1, 1, 70, 1, 3, 4),
    (1, 1, 1, 257, 31, 4, 2),
  ]
  return sizes.compactMap { batch, heads, kvHeads, queries, keys, headDim, valueDim in
    try? AttentionShape(
      batch: batch, heads: heads, kvHeads: kvHeads, queries: queries, keys: keys,
      headDim: headDim, valueDim: valueDim)
  }
}()
