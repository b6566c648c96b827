// Algorithms keep the normaliser of a row in forms of their own; the host brings them to one. Nothing
// of this is traffic: it reads what is in HBM when the last launch is over.

@_spi(Host) internal import HBMSim

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// LSE = m + log ℓ.
func logSumExp(sums l: HostBuffer, maxima m: HostBuffer) -> HostBuffer {
  let result = HostBuffer(zeros: l.count)
  result.withMutableElements { result in
    l.withElements { l in
      m.withElements { m in
        for i in l.indices { result[i] = m[i] + log(l[i]) }
      }
    }
  }
  return result
}

/// LSE = Sᵢⱼ − log Pᵢⱼ, for any j with Pᵢⱼ > 0: P is exp(S − LSE).
///
/// It is the j of the greatest weight, which is at least 1/N and whose logarithm is as exact as P itself.
/// A row without weights has −∞, and one with NaN has NaN.
func logSumExp(scores S: HostBuffer, probabilities P: HostBuffer, keys: Int) -> HostBuffer {
  let result = HostBuffer(zeros: S.count / keys)
  result.withMutableElements { result in
    for i in result.indices {
      let row = i * keys..<(i + 1) * keys
      result[i] = S.withFloats(in: row) { S in P.withFloats(in: row) { P in logSumExp(S, P) } }
    }
  }
  return result
}

/// The same of one row.
private func logSumExp(_ S: Span<Float>, _ P: Span<Float>) -> Float {
  var greatest = 0
  for j in P.indices {
    if P[j].isNaN { return .nan }
    if P[j] > P[greatest] { greatest = j }
  }
  return P[greatest] == 0 ? -.infinity : S[greatest] - log(P[greatest])
}
