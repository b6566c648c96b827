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
/// Some Pᵢⱼ of a row is at least 1/N, so that its logarithm is as exact as P itself.
func logSumExp(scores S: HostBuffer, probabilities P: HostBuffer, keys: Int) -> HostBuffer {
  let result = HostBuffer(zeros: S.count / keys)
  let enough = 0.5 / Float(keys)
  result.withMutableElements { result in
    S.withElements { S in
      P.withElements { P in
        for i in result.indices {
          let row = i * keys..<(i + 1) * keys
          if let j = row.first(where: { P[$0] >= enough }) {
            result[i] = S[j] - log(P[j])
          } else {
            // No weight at all, or NaN.
            result[i] = P[row.lowerBound] == 0 ? -.infinity : .nan
          }
        }
      }
    }
  }
  return result
}
