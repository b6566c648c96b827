/// Whether a process that trapped said these words; release builds trap without a word.
public func says(_ standardError: [UInt8]?, _ words: String) -> Bool {
  #if CHECKED
    String(decoding: standardError ?? [], as: UTF8.self).contains(words)
  #else
    true
  #endif
}
