//! The canonical ABI of any WIT: how values lie in memory. `wit.rs`, which is generated, says which values there are.
//!
//! Memory. What the host passes in arrives in buffers of `cabi_realloc` and becomes owned values here. What an export returns is kept
//! in `RETURNED` until the host has read it and calls `cabi_post_*`.
#![allow(dead_code)]

use std::alloc::{alloc, realloc, Layout};
use std::any::Any;
use std::cell::UnsafeCell;
use std::mem::{zeroed, MaybeUninit};

/// A component's instance has one thread.
pub struct Single<T>(UnsafeCell<T>);
unsafe impl<T> Sync for Single<T> {}
impl<T> Single<T> {
    pub const fn new(value: T) -> Self {
        Single(UnsafeCell::new(value))
    }
    #[allow(clippy::mut_from_ref)]
    pub fn get(&self) -> &mut T {
        unsafe { &mut *self.0.get() }
    }
}

#[no_mangle]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    let layout = |size| Layout::from_size_align_unchecked(size, align);
    let at = if old_size == 0 { alloc(layout(size)) } else { realloc(old, layout(old_size), size) };
    if at.is_null() {
        std::process::abort();
    }
    at
}

/// What must live as long as the bytes that point to it.
pub struct Kept(Vec<Box<dyn Any>>);
impl Kept {
    pub fn new() -> Self {
        Kept(Vec::new())
    }
}

static RETURNED: Single<Vec<Box<dyn Any>>> = Single::new(Vec::new());

/// Gives a value to the host, which reads it after the export has returned.
pub fn hand_over<T: Wit>(value: T) -> *const u8 {
    let value = Box::new(value);
    let mut kept = Kept::new();
    let raw = Box::new(value.lower(&mut kept));
    let at = &*raw as *const T::Raw as *const u8;
    RETURNED.get().push(Box::new((raw, value, kept)));
    at
}

/// The host has read it.
pub fn free_returned() {
    RETURNED.get().clear();
}

/// The result of an import, which writes it to where it is told.
pub unsafe fn receive<T: Wit>(import: impl FnOnce(*mut u8)) -> T {
    let mut raw = MaybeUninit::<T::Raw>::zeroed();
    import(raw.as_mut_ptr() as *mut u8);
    T::lift(raw.assume_init())
}

/// A value of the WIT.
pub trait Wit: Sized + 'static {
    /// As it lies in memory.
    type Raw: Copy + 'static;
    /// Owns the buffers that it points to, which the host made.
    unsafe fn lift(raw: Self::Raw) -> Self;
    /// Points into `self` and into what is kept.
    fn lower(&self, kept: &mut Kept) -> Self::Raw;

    unsafe fn lift_list(at: *const Self::Raw, count: usize) -> Vec<Self> {
        if count == 0 {
            return Vec::new();
        }
        let raws = Vec::from_raw_parts(at as *mut Self::Raw, count, count);
        raws.into_iter().map(|raw| Self::lift(raw)).collect()
    }
    fn lower_list(list: &[Self], kept: &mut Kept) -> *const Self::Raw {
        let raws: Vec<Self::Raw> = list.iter().map(|item| item.lower(kept)).collect();
        let at = raws.as_ptr();
        kept.0.push(Box::new(raws));
        at
    }
}

macro_rules! number {
    ($($type:ty)*) => {
        $(impl Wit for $type {
            type Raw = $type;
            unsafe fn lift(raw: $type) -> $type {
                raw
            }
            fn lower(&self, _: &mut Kept) -> $type {
                *self
            }
            unsafe fn lift_list(at: *const $type, count: usize) -> Vec<$type> {
                if count == 0 {
                    return Vec::new();
                }
                Vec::from_raw_parts(at as *mut $type, count, count)
            }
            fn lower_list(list: &[$type], _: &mut Kept) -> *const $type {
                list.as_ptr()
            }
        })*
    };
}
number!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

impl Wit for () {
    type Raw = ();
    unsafe fn lift(_: ()) {}
    fn lower(&self, _: &mut Kept) {}
}

impl Wit for bool {
    type Raw = u8;
    unsafe fn lift(raw: u8) -> bool {
        raw != 0
    }
    fn lower(&self, _: &mut Kept) -> u8 {
        *self as u8
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawList<T> {
    pub at: *const T,
    pub count: usize,
}
pub fn raw_text(text: &str) -> RawList<u8> {
    RawList { at: text.as_ptr(), count: text.len() }
}

impl Wit for String {
    type Raw = RawList<u8>;
    unsafe fn lift(raw: RawList<u8>) -> String {
        // The canonical ABI promises UTF-8.
        String::from_utf8_unchecked(u8::lift_list(raw.at, raw.count))
    }
    fn lower(&self, _: &mut Kept) -> RawList<u8> {
        raw_text(self)
    }
}

impl<T: Wit> Wit for Vec<T> {
    type Raw = RawList<T::Raw>;
    unsafe fn lift(raw: Self::Raw) -> Self {
        T::lift_list(raw.at, raw.count)
    }
    fn lower(&self, kept: &mut Kept) -> Self::Raw {
        RawList { at: T::lower_list(self, kept), count: self.len() }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawPair<A, B>(pub A, pub B);

impl<A: Wit, B: Wit> Wit for (A, B) {
    type Raw = RawPair<A::Raw, B::Raw>;
    unsafe fn lift(raw: Self::Raw) -> Self {
        (A::lift(raw.0), B::lift(raw.1))
    }
    fn lower(&self, kept: &mut Kept) -> Self::Raw {
        RawPair(self.0.lower(kept), self.1.lower(kept))
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawOption<T> {
    pub is_some: u8,
    pub value: T,
}

impl<T: Wit> Wit for Option<T> {
    type Raw = RawOption<T::Raw>;
    unsafe fn lift(raw: Self::Raw) -> Self {
        if raw.is_some != 0 { Some(T::lift(raw.value)) } else { None }
    }
    fn lower(&self, kept: &mut Kept) -> Self::Raw {
        match self {
            Some(value) => RawOption { is_some: 1, value: value.lower(kept) },
            // Numbers and pointers, that nobody reads.
            None => unsafe { zeroed() },
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawResult<T: Copy, E: Copy> {
    is_err: u8,
    value: RawOutcome<T, E>,
}
#[repr(C)]
#[derive(Clone, Copy)]
union RawOutcome<T: Copy, E: Copy> {
    ok: T,
    err: E,
}

impl<T: Wit, E: Wit> Wit for Result<T, E> {
    type Raw = RawResult<T::Raw, E::Raw>;
    unsafe fn lift(raw: Self::Raw) -> Self {
        if raw.is_err == 0 { Ok(T::lift(raw.value.ok)) } else { Err(E::lift(raw.value.err)) }
    }
    fn lower(&self, kept: &mut Kept) -> Self::Raw {
        let mut raw: Self::Raw = unsafe { zeroed() };
        match self {
            Ok(value) => raw.value.ok = value.lower(kept),
            Err(error) => {
                raw.is_err = 1;
                raw.value.err = error.lower(kept);
            }
        }
        raw
    }
}
