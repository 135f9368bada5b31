package com.example;

/** What a caller sends. The runtime fills its fields from JSON by their names. */
public class Payload {
  /** An account of this name is added when the org has none. */
  public String company;

  /** The last name of its first contact. */
  public String visitor;
}
