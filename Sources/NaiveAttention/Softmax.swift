#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension ScoreMatrix {
  /// Replaces the scores sⱼ of a row by weights exp(sⱼ − m) with m = max sⱼ, and stores their sum ℓ.
  ///
  /// Where all scores are −∞ the weights and ℓ are 0. A NaN among the scores makes ℓ NaN.
  ///
  /// - Returns: The log-sum-exp of the row, m + log ℓ.
  func exponentiate(row index: Int) -> Float {
    let row = unsafe self.row(index)
    unsafe pad(row)
    let maximum = unsafe greatest(row)
    guard maximum > -.infinity else {
      // Here sⱼ − m would be −∞ + ∞. Every score is −∞ or NaN, and so is their sum.
      let weight: Float = unsafe sum(row) == -.infinity ? 0 : .nan
      unsafe row.update(repeating: Lanes(repeating: weight))
      unsafe sums[index] = weight
      return maximum + log(weight)
    }
    var sum = Lanes.zero
    for j in row.indices {
      let weight = unsafe exponential(row[j] - maximum)
      unsafe row[j] = weight
      sum += weight
    }
    let total = laneSum(sum)
    unsafe sums[index] = total
    return maximum + log(total)
  }

  /// Fills the lanes after the last column with −∞, whose weight is 0.
  private func pad(_ row: UnsafeMutableBufferPointer<Lanes>) {
    let last = row.count - 1
    for lane in (columns - last * Lanes.scalarCount)..<Lanes.scalarCount {
      unsafe row[last][lane] = -.infinity
    }
  }

  /// The greatest score that is not NaN, or −∞.
  private func greatest(_ row: UnsafeMutableBufferPointer<Lanes>) -> Float {
    // `pointwiseMax` and `max()` are loops over lanes, out of line.
    var greatest = Lanes(repeating: -.infinity)
    for j in row.indices {
      let scores = unsafe row[j]
      greatest.replace(with: scores, where: scores .> greatest)
    }
    let four = greatest.lowHalf.replacing(
      with: greatest.highHalf, where: greatest.highHalf .> greatest.lowHalf)
    return max(max(four[0], four[1]), max(four[2], four[3]))
  }

  private func sum(_ row: UnsafeMutableBufferPointer<Lanes>) -> Float {
    var sum = Lanes.zero
    for j in row.indices { unsafe sum += row[j] }
    return laneSum(sum)
  }
}

/// The sum of the lanes, by halves: `sum()` is a loop over lanes, out of line.
private func laneSum(_ lanes: Lanes) -> Float {
  let four = lanes.lowHalf + lanes.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}
