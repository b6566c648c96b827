import KernelInterface

/// A matrix in memory, with words between and around its lines that nobody may write.
///
/// All that no line holds is NaN at first, the padding of the lines too: a result that depends on it
/// is NaN. Lines start at odd addresses, for nothing promises kernels an alignment.
struct GuardedMatrix: ~Copyable {
  let lines: Int
  let lanes: Int
  let stride: Int
  /// Lane 0 of line 0.
  let base: UnsafeMutablePointer<Float>
  private let written: Int
  private let storage: UnsafeMutableBufferPointer<Float>

  private static let zone = 33
  private static let guardWord = Float(bitPattern: 0x7FC5_A5A5)  // a NaN that nothing computes

  /// A matrix whose lines may be written up to whole vectors, as Kernels allows, or to their exact
  /// edge.
  ///
  /// - Parameter gap: Words between lines, beside the padding.
  init(
    lines: Int, lanes: Int, isExact: Bool = false, gap: Int = 3, _ element: (Int, Int) -> Float
  ) {
    self.lines = lines
    self.lanes = lanes
    let whole = (lanes + Kernels.padding - 1) / Kernels.padding * Kernels.padding
    written = isExact ? lanes : whole
    stride = whole + gap
    storage = .allocate(capacity: 2 * Self.zone + lines * stride)
    storage.initialize(repeating: Self.guardWord)
    base = storage.baseAddress! + Self.zone
    for line in 0..<lines {
      for lane in 0..<lanes { base[line * stride + lane] = element(line, lane) }
    }
  }

  /// A matrix that nothing has been written to.
  init(lines: Int, lanes: Int, isExact: Bool = false) {
    self.init(lines: lines, lanes: lanes, isExact: isExact) { _, _ in Self.guardWord }
  }

  deinit { storage.deallocate() }

  subscript(line: Int, lane: Int) -> Float { base[line * stride + lane] }

  /// Whether nothing was written but the lines.
  var isIntact: Bool {
    func isGuarded(_ i: Int) -> Bool { storage[i].bitPattern == Self.guardWord.bitPattern }
    for i in 0..<Self.zone where !isGuarded(i) { return false }
    for line in 0..<lines {
      for i in written..<stride where !isGuarded(Self.zone + line * stride + i) { return false }
    }
    return (Self.zone + lines * stride..<storage.count).allSatisfy(isGuarded)
  }

  /// The first lane that `accept` refuses, in words; nil where there is none and nothing was written
  /// but the lines.
  func fault(_ accept: (_ line: Int, _ lane: Int, _ value: Float) -> Bool) -> String? {
    for line in 0..<lines {
      for lane in 0..<lanes where !accept(line, lane, self[line, lane]) {
        return "line \(line), lane \(lane) is \(self[line, lane])"
      }
    }
    return isIntact ? nil : "something was written beside the lines"
  }
}
