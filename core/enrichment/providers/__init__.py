"""The providers of suggestions, behind one small interface (`interface.Provider`)."""
