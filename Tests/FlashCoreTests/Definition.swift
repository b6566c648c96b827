@_spi(Host) import FlashCore
@_spi(Host) import HBMSim

/// What the scores of a problem depend on beside its options.
struct ScoreOperands {
  /// Who sees whom, where it is a tensor.
  var mask: Tensor?
  /// What is added, where it is a tensor.
  var bias: Tensor?
  /// The key that a query has no distance from; on the bottom-right diagonal, unless told otherwise.
  var ownKey: ((_ query: Int) -> Int)?
}

extension Tensor {
  /// The number for a query and a key, of a tensor that sequences and heads may share.
  subscript(batch: Int, head: Int, query: Int, key: Int) -> Float {
    let matrix = (shape[0] == 1 ? 0 : batch) * shape[1] + (shape[1] == 1 ? 0 : head)
    let index = (matrix * shape[2] + query) * shape[3] + key
    return buffer.withFloats(in: index..<index + 1) { $0[0] }
  }
}

/// Attention and its gradients by definition, in `Number`, with a rule that says who sees whom, and
/// every matrix rounded as it would lie in memory: after every single operation where each is a kernel of
/// its own, as frameworks run them eagerly.
struct Definition<Number: BinaryFloatingPoint> {
  var output: [Number] = []
  var logSumExp: [Number] = []
  /// The weights before dropout.
  var probabilities: [Number] = []
  var queryGradient: [Number]
  var keyGradient: [Number]
  var valueGradient: [Number]
  /// The greatest of what dQ and dK are sums of, before dP − D cancels.
  var greatestTerm: Number = 0

  /// Computes O and LSE; and dQ, dK and dV where there is a gradient of O.
  init(
    _ problem: Problem, options: AttentionOptions = AttentionOptions(),
    sees: (_ batch: Int, _ query: Int, _ key: Int) -> Bool = { _, _, _ in true },
    scores: ScoreOperands = ScoreOperands(),
    exp: (Number) -> Number, log: (Number) -> Number, tanh: (Number) -> Number,
    rounded: (Number) -> Number = { $0 }, isEager: Bool = false
  ) {
    func stored(_ x: Number) -> Number { isEager ? rounded(x) : x }
    let shape = problem.shape
    let (d, dv) = (shape.headDim, shape.valueDim)
    let q = problem.query.values.map { Number($0) }
    let k = problem.key.values.map { Number($0) }
    let v = problem.value.values.map { Number($0) }
    let dO = problem.outputGradient.values.map { Number($0) }
    let scale = Number(problem.scale)
    // K′ = τK, where that is an operation.
    let (scaledK, rest) = isEager ? (k.map { rounded(scale * $0) }, 1) : (k, scale)
    queryGradient = Array(repeating: 0, count: q.count)
    keyGradient = Array(repeating: 0, count: k.count)
    valueGradient = Array(repeating: 0, count: v.count)
    for matrix in 0..<shape.batch * shape.heads {
      let kv = matrix / (shape.heads / shape.kvHeads)
      for i in 0..<shape.queries {
        let row = matrix * shape.queries + i
        func dot(_ a: [Number], _ i: Int, _ b: [Number], _ j: Int, _ count: Int) -> Number {
          var sum: Number = 0
          for f in 0..<count { sum += a[i * count + f] * b[j * count + f] }
          return sum
        }
        let (batch, head) = (matrix / shape.heads, matrix % shape.heads)
        // The slope of the soft cap at each score.
        var slopes = [Number](repeating: 1, count: shape.keys)
        let scores = (0..<shape.keys).map { j in
          var score = stored(rest * dot(q, row, scaledK, kv * shape.keys + j, d))
          if let cap = options.softcap.map({ Number($0) }) {
            let t = tanh(score / cap)
            score = stored(cap * t)
            slopes[j] = 1 - (score / cap) * (score / cap)
          }
          if let slope = options.slopes?[head] {
            let own = scores.ownKey?(i) ?? i + shape.keys - shape.queries
            score = stored(score - Number(slope) * Number(abs(own - j)))
          }
          if let bias = scores.bias { score += Number(bias[batch, head, i, j]) }
          let isSeen = scores.mask.map { $0[batch, head, i, j] != 0 } ?? true
          return isSeen && sees(batch, i, j) ? rounded(score) : -.infinity
        }
        // 1/(1 − p) or 0 for each weight.
        let Z = (0..<shape.keys).map { j in
          guard let dropout = options.dropout else { return Number(1) }
          return dropout.keeps(batch: batch, head: head, query: i, key: j)
            ? 1 / (1 - Number(dropout.probability)) : 0
        }
        let maximum = scores.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
        let offset = maximum == -.infinity ? 0 : maximum
        let weights = scores.map { exp($0 - offset) }
        let sum = weights.reduce(0, +)
        logSumExp.append(offset + log(sum))
        let P = weights.map { sum == 0 ? 0 : rounded($0 / sum) }
        probabilities += P
        let dropped = zip(P, Z).map { stored($0 * $1) }
        var o = [Number](repeating: 0, count: dv)
        for j in 0..<shape.keys {
          for f in 0..<dv { o[f] += dropped[j] * v[(kv * shape.keys + j) * dv + f] }
        }
        output += o.map(rounded)
        let dP = (0..<shape.keys).map {
          rounded(Z[$0] * stored(dot(dO, row, v, kv * shape.keys + $0, dv)))
        }
        let D = zip(P, dP).reduce(0) { $0 + $1.0 * $1.1 }
        for j in 0..<shape.keys {
          let dS = rest * rounded(stored(P[j] * (dP[j] - D)) * slopes[j])
          let key = kv * shape.keys + j
          let term = scale * P[j] * (abs(dP[j]) + abs(D))
          for f in 0..<d {
            queryGradient[row * d + f] += dS * scaledK[key * d + f]
            keyGradient[key * d + f] += dS * q[row * d + f]
            greatestTerm = max(
              greatestTerm, term * max(abs(k[key * d + f]), abs(q[row * d + f])))
          }
          for f in 0..<dv { valueGradient[key * dv + f] += dropped[j] * dO[row * dv + f] }
        }
      }
    }
    queryGradient = queryGradient.map(rounded)
    keyGradient = keyGradient.map { rounded(isEager ? scale * rounded($0) : $0) }
    valueGradient = valueGradient.map(rounded)
  }
}
