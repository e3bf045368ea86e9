//! Both machines on one agenda.
