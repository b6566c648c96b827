internal import ArgumentParser
internal import FlashCore

/// Masks separated by commas, each rules joined by `+`.
struct MaskList: ExpressibleByArgument, Sendable {
  /// A mask and how it was written.
  struct Named: Sendable {
    let name: String
    let mask: Mask
  }

  let values: [Named]
  /// The first part that is no mask.
  private let mistake: String?

  init(argument: String) {
    let parts = splitKeepingNumbers(argument)
    mistake = parts.first { Mask(rules: $0) == nil }
    values = parts.compactMap { part in
      Mask(rules: part).map { Named(name: part, mask: $0) }
    }
  }

  /// - Throws: `ValidationError` where a part is no mask.
  func check(_ option: String) throws {
    if let mistake {
      throw ValidationError(
        "Please give \(option) none, causal, causal-bottom-right, window:LEFT,RIGHT, sinks:COUNT, "
          + "padding:LENGTHS or packed:LENGTHS, joined by +, not '\(mistake)'.")
    }
  }
}

extension Mask {
  /// The mask that `causal+window:128,0` and the like describe.
  fileprivate init?(rules: String) {
    self.init()
    for rule in rules.split(separator: "+", omittingEmptySubsequences: false) {
      let parts = rule.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let numbers =
        parts.count == 2
        ? parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) } : []
      switch (parts[0], numbers.count) {
      case ("none", 0): break
      case ("causal", 0): causal = .topLeft
      case ("causal-bottom-right", 0): causal = .bottomRight
      case ("window", 2):
        let sides = parts[1].split(separator: ",", omittingEmptySubsequences: false)
        guard zip(sides, numbers).allSatisfy({ $0 == "*" || $1 != nil }) else { return nil }
        window = Window(left: numbers[0], right: numbers[1])
      case ("sinks", 1):
        guard let count = numbers[0] else { return nil }
        sinks = count
      case ("padding", 1...):
        guard let lengths = numbers as? [Int] else { return nil }
        keyLengths = lengths
      case ("packed", 1...):
        guard let lengths = numbers as? [Int], lengths.allSatisfy({ $0 >= 0 }) else { return nil }
        var offsets = [0]
        for length in lengths {
          let (sum, overflows) = offsets[offsets.count - 1].addingReportingOverflow(length)
          if overflows { return nil }
          offsets.append(sum)
        }
        packing = Packing(queries: offsets)
      default: return nil
      }
    }
  }
}
