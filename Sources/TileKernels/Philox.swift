/// Philox4x32, a generator of random numbers that is a function of a counter: any number of the
/// sequence is as cheap as the next, and no state is carried from one to another.
///
/// Salmon, Moraes, Dror and Shaw, Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011); the words
/// are those of their library Random123, `philox4x32_R`.
public struct Philox: Sendable, Hashable {
  /// The key, low word first.
  public var key: SIMD2<UInt32>
  /// Rounds; 7 pass all tests of randomness that are known, and 10 are customary.
  public var rounds: Int

  /// Creates the generator of a key.
  public init(key: SIMD2<UInt32>, rounds: Int = 10) {
    self.key = key
    self.rounds = rounds
  }

  /// The four random words of a counter.
  ///
  /// - Complexity: O(rounds).
  public func words(at counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (c, k) = (counter, key)
    for _ in 0..<rounds {
      let a = c.x.multipliedFullWidth(by: 0xD251_1F53)
      let b = c.z.multipliedFullWidth(by: 0xCD9E_8D57)
      c = SIMD4(b.high ^ c.y ^ k.x, b.low, a.high ^ c.w ^ k.y, a.low)
      k &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return c
  }
}
