"""Those who suggest values, behind one small interface (`interface.Provider`)."""
