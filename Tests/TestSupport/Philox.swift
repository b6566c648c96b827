/// Philox4x32 as its paper defines it, a word at a time.
public struct Philox {
  /// The key.
  public var key: [UInt32]
  /// Rounds.
  public var rounds = 10

  /// Creates the generator of a seed, low word first.
  public init(seed: UInt64) { key = [UInt32(seed & 0xFFFF_FFFF), UInt32(seed >> 32)] }

  /// The four random words of a counter.
  public func words(_ counter: [UInt32]) -> [UInt32] {
    var (c, k) = (counter, key)
    for round in 0..<rounds {
      if round > 0 { k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85] }
      let p0 = UInt64(0xD251_1F53) * UInt64(c[0])
      let p1 = UInt64(0xCD9E_8D57) * UInt64(c[2])
      c = [
        UInt32(p1 >> 32) ^ c[1] ^ k[0], UInt32(p1 & 0xFFFF_FFFF),
        UInt32(p0 >> 32) ^ c[3] ^ k[1], UInt32(p0 & 0xFFFF_FFFF),
      ]
    }
    return c
  }

  /// What decides whether an element is dropped.
  public func word(batch: Int, head: Int, query: Int, key: Int) -> UInt32 {
    words([UInt32(key / 4), UInt32(query), UInt32(head), UInt32(batch)])[key % 4]
  }
}

/// Counters, keys and words from Random123's own test (`kat_vectors`), after 7 rounds and after 10;
/// the last is of this project.
public let philoxAnswers: [(counter: [UInt32], seed: UInt64, seven: [UInt32], ten: [UInt32])] = [
  (
    [0, 0, 0, 0], 0,
    [0x5F6F_B709, 0x0D89_3F64, 0x4F12_1F81, 0x4F73_0A48],
    [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]
  ),
  (
    [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], 0xFFFF_FFFF_FFFF_FFFF,
    [0x5207_DDC2, 0x4516_5E59, 0x4D8E_E751, 0x8C52_F662],
    [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
  ),
  (
    [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], 0x299F_31D0_A409_3822,
    [0x4DFC_CABA, 0x190A_87F0, 0xC473_62BA, 0xB6B5_242A],
    [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
  ),
  (
    [5, 0, 3, 2], 0x0000_0001_DEAD_BEEF,
    [0x0555_1E0C, 0x2094_4B64, 0xEFBD_BEBE, 0x5DA2_9F91],
    [0xEDDB_E89A, 0x46B4_CB08, 0x5C58_3579, 0x5AF8_62FB]
  ),
]
